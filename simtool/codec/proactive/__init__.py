"""The card application toolkit as values: commands, responses, envelopes, profile (TS 102 223, TS 31.111)."""
