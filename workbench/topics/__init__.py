"""One folder for each topic that a lesson teaches or an explorer shows."""
