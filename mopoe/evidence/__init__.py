"""ln p(x) of a model, and bounds below it, by importance sampling."""
