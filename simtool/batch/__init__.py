"""Numbers, orders and card records by the million, in columns; own CSV and Parquet files."""
