//! Making a connection of any of the three kinds.

use std::time::Duration;

use ::redis::aio::{ConnectionLike, MultiplexedConnection};
use ::redis::cluster::ClusterClient;
use ::redis::cluster_async::ClusterConnection;
use ::redis::sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType};
use ::redis::{AsyncConnectionConfig, Client, Cmd, Pipeline, RedisFuture, RedisResult, TlsMode, Value};

use super::address::Address;

/// How long one answer may take before the connection is given up.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);
/// How long connecting may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(1);
/// Commands under way on one connection before the next waits its turn.
const PIPELINED: usize = 1024;

/// A connection that many tasks share.
#[derive(Clone)]
pub(super) enum Connection {
    Server(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Server(connection) => connection.req_packed_command(command),
            Self::Cluster(connection) => connection.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Server(connection) => connection.req_packed_commands(pipeline, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Server(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}

/// Connects to an address, anew each time: a sentinel is asked again who the master is.
pub(super) async fn connect(address: &Address) -> RedisResult<Connection> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_WITHIN))
        .set_response_timeout(Some(ANSWER_WITHIN))
        .set_pipeline_buffer_size(PIPELINED);
    match address {
        Address::Server(info) => {
            let client = Client::open(info.clone())?;
            client.get_multiplexed_async_connection_with_config(&config).await.map(Connection::Server)
        }
        Address::Sentinel { sentinels, master, settings, tls } => {
            let node = SentinelNodeConnectionInfo::default().set_redis_connection_info(settings.clone());
            let node = if *tls { node.set_tls_mode(TlsMode::Secure) } else { node };
            let mut client =
                SentinelClient::build(sentinels.clone(), master, Some(node), SentinelServerType::Master)?;
            client.get_async_connection_with_config(&config).await.map(Connection::Server)
        }
        Address::Cluster(nodes) => {
            let client = ClusterClient::builder(nodes.iter().cloned())
                .connection_timeout(CONNECT_WITHIN)
                .response_timeout(ANSWER_WITHIN)
                .retries(1)
                .build()?;
            client.get_async_connection().await.map(Connection::Cluster)
        }
    }
}
