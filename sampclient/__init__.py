"""The SAMP client: TOPCAT, Aladin and spectrum viewers as one instrument."""
