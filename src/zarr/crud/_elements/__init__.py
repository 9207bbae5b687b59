"""Elements on their way in and out: values to write, arrays to fill, fill values."""
