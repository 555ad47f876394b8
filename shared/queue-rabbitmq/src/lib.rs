//! dengwen-queue-rabbitmq
