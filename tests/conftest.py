"""What all tests share: property tests draw the same examples in every run."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "spatialkit",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("spatialkit")
