"""Faults and liberties of the omni-inventory reference server."""

import retailspec.faults.omni_inventory.fields
import retailspec.faults.omni_inventory.liberties
import retailspec.faults.omni_inventory.lists
import retailspec.faults.omni_inventory.prices
import retailspec.faults.omni_inventory.several
import retailspec.faults.omni_inventory.statuses
import retailspec.faults.omni_inventory.strange
import retailspec.faults.omni_inventory.successes  # noqa: F401 - registers its faults
from retailspec.faults.omni import seed
from retailspec.reference.omni_inventory import OmniInventory

seed(OmniInventory)
