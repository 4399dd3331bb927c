DROP INDEX own.webhook_deliveries_dead;
