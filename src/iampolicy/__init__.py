"""The law: AWS's policy language, decided as AWS decides it.  Pure; standard library only."""
