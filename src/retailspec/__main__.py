"""`python -m retailspec` is the command `retailspec`."""

from retailspec.cli import main

main(prog_name="retailspec")
