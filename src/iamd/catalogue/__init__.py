"""What is known of AWS itself."""
