"""``python -m spatialkit``."""

from spatialkit.cli import main

if __name__ == "__main__":
    main()
