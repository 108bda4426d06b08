"""Fuzzing of everything that reads bytes: ``python -m tests.fuzz --seconds 60``.

One law for all targets: they return, or raise a ``SpatialkitError``. Nothing else: no other exception, no warning, no
crash, no hang, no memory beyond measure. Inputs are valid files of the tests' own encoders, damaged in ways that keep
to their structure (``mutate``). Input ``i`` of a target depends on the seed and on ``i`` only: each can be made again.
"""
