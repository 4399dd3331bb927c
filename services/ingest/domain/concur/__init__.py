"""Concur's XML in: `reading` is the way in, `xml` what stands between it and strangers."""
