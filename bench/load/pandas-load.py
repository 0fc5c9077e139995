"""Loads a file of NDJSON as people do it with pandas: read_json and to_sql, both as they come."""
import sys
import time

import pandas
import sqlalchemy

path, url = sys.argv[1:]
started = time.perf_counter()
frame = pandas.read_json(path, lines=True)
engine = sqlalchemy.create_engine(url.replace("postgres://", "postgresql://", 1))
frame.to_sql("with_pandas", engine, index=False, if_exists="append")
print(time.perf_counter() - started)
