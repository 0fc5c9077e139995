refused: the view s.v reads the column name of s.t, which the query no longer gives
Change the view first, drop it, or make it a model of this project that is run too.
