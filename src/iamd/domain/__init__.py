"""The vocabulary: frozen values that know no SQL, XML or HTTP."""
