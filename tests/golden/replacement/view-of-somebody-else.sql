refused: the view s.v belongs to them, and me may not replace it
Grant the role: GRANT "them" TO "me".
