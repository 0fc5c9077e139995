refused: the index s.by_name is about the column name, which the query no longer gives
Drop it first, if it is no longer needed.
