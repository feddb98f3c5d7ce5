"""Any synthetic data set against the people it was learned from and people held out: verdict, report and JSON."""

from factory.assessment.run import Assessment, assess

__all__ = ["Assessment", "assess"]
