-- create schema s

-- s.t (table, definitions/t.sqlx): refused
--   partitionBy: "RANGE_BUCKET(id, 5)" is not understood
