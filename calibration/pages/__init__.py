"""Pages and pictures people can read of a fit, a backtest and a recovery."""

from calibration.pages.write import write_pages

__all__ = ["write_pages"]
