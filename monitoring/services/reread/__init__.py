"""Files read again after a change of the register: seen before it is done, then done."""

from monitoring.services.reread.applying import NotNobodys, TouchesClosedMonth, apply, give

__all__ = ["NotNobodys", "TouchesClosedMonth", "apply", "give"]
