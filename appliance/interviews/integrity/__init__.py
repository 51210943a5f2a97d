"""What happened beside the answers: context with its time, never a verdict, in no score."""
