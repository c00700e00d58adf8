"""The command `retailspec`, also as `python -m retailspec`: Ctrl-C ends it while it loads, too."""

import sys

__all__ = ["run"]

_INTERRUPTED = 2


def run() -> None:
    """Load the command line and run it."""
    try:
        from retailspec.cli import main  # noqa: PLC0415 - what takes its time is interrupted well

        main(prog_name="retailspec")
    except KeyboardInterrupt:
        sys.stderr.write("retailspec: interrupted\n")
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    run()
