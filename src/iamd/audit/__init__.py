"""The chronicle: one event per request, refusals too."""
