-- create schema s

-- s.o (operations, definitions/o.sqlx): executed
begin;
-- statement 1
create table a ();
commit;
-- statement 2
vacuum a;
begin;
-- statement 3
drop table a;
commit;
