"""Forms that browsers send to a bucket: read, verified, and passed on as the upload that they ask for."""
