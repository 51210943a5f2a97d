"""Attendance: terminals on the wire, punches, shifts and the enrolment of people on terminals."""
