"""What the desk chooses from: patients, free beds, free monitors."""
