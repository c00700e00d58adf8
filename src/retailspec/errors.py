"""What can go wrong for a user, each with one clear line and an exit status of its own."""

__all__ = ["ContractError", "RetailspecError", "SupplyError", "UnreachableError", "UsageError"]


class RetailspecError(Exception):
    """An error with one line for the user.

    Args:
        message: The line; what a terminal would obey in it is written out.

    Attributes:
        exit_status: The status that the command ends with.
    """

    exit_status = 2

    def __init__(self, message: str) -> None:
        super().__init__(
            "".join(
                char if char.isprintable() else char.encode("unicode_escape").decode()
                for char in message
            )
        )


class UsageError(RetailspecError):
    """A wrong option, file or value: says what, where, and what to do."""


class ContractError(RetailspecError):
    """A contract's own files (openapi/, schemas/, rules/) do not fit together."""


class SupplyError(RetailspecError):
    """A supply (of fresh orders, say) is empty, fails, or gives what cannot be used."""


class UnreachableError(RetailspecError):
    """Nothing answers at the target's address."""

    exit_status = 3
