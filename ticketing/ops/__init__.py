"""Operations: logs, metrics, health checks and commands."""
