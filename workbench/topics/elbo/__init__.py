"""The generalised ELBO, term by term, and the ladder of bounds."""
