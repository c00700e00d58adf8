"""Faults and liberties of the omni-orders reference server."""

import retailspec.faults.omni_orders.accepted
import retailspec.faults.omni_orders.acting
import retailspec.faults.omni_orders.answers
import retailspec.faults.omni_orders.changing
import retailspec.faults.omni_orders.codes
import retailspec.faults.omni_orders.effects
import retailspec.faults.omni_orders.final
import retailspec.faults.omni_orders.liberties
import retailspec.faults.omni_orders.lookups
import retailspec.faults.omni_orders.races
import retailspec.faults.omni_orders.refused
import retailspec.faults.omni_orders.requests
import retailspec.faults.omni_orders.strange  # noqa: F401 - registers its faults
from retailspec.faults.omni import seed
from retailspec.reference.omni_orders import OmniOrders

seed(OmniOrders)
