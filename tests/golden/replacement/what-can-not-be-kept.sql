refused: replacing s.t would lose the identity of its column id, its place under s.parent, something (of s.m)
PostgreSQL has no way to put that on another table. Drop it first, or make the model incremental.
