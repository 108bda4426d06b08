"""What the reports share: the machine that figures were taken on, and the page whose sections they are."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from spatialkit import _core

__all__ = ["machine", "markers", "put", "taken_on", "with_section"]


def machine() -> dict[str, str]:
    """Name what the figures were taken on."""
    return {
        "CPU": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        **{name: _version(name) for name in ("numpy", "shapely")},
        "vector instructions of the core": _core.vector_level(),
    }


def taken_on() -> str:
    """Return the machine as the sentence that ends a report."""
    return f"{', '.join(f'{key} {value}' for key, value in machine().items())}."


def markers(section: str) -> tuple[str, str]:
    """Return the lines between which a section of the page lies."""
    return f"<!-- begin of the {section} -->", f"<!-- end of the {section} -->"


def with_section(page: str, section: str, text: str) -> str:
    """Return the page with ``text`` as one of its sections."""
    begin, end = markers(section)
    before, found, rest = page.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found or not found_end:
        raise SystemExit(f"the page has no {begin} followed by {end}")
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


def put(path: Path | None, section: str, text: str) -> None:
    """Make ``text`` a section of the page in a file; None where no page was named."""
    if path:
        path.write_text(with_section(path.read_text("utf-8"), section, text), "utf-8")


def _processor() -> str:
    """Name the processor; Linux alone hides it in a file."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
