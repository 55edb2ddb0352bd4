"""
The chronicle: one record per request, refusals too, in CloudTrail's format, chained by digests.

An `Event` is what the road hands in: values that do not change any more, gathered without work.  A record is made of it
(`record`) and written (`trail`) on another thread; only where a record is part of a transaction, on the writer's.
"""
