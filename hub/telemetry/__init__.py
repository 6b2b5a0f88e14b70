"""What those who run the hub are told of alarms' courses: numbers, traces and log lines, and nothing about anybody."""
