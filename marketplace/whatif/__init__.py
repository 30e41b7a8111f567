"""What if (规则试算): past orders of a programme under changed rules. Reads the past, moves nothing, and keeps no table of its own."""
