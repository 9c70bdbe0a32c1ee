"""ln p(x) of families beside each other, and of estimators beside the exact answer."""
