// Yardstick: the npm package `ocpp-rpc` in strict mode (every message checked against the OCPP 1.6 schemas), storing nothing.
// node bench/servers/ocpp_rpc.mjs PORT
import { RPCServer } from "ocpp-rpc";

const accepted = { status: "Accepted" };
const now = () => new Date().toISOString();
let transactionId = 0;

const server = new RPCServer({ protocols: ["ocpp1.6"], strictMode: true });
server.auth((accept) => accept());
server.on("client", (client) => {
  client.handle("BootNotification", () => ({ status: "Accepted", interval: 300, currentTime: now() }));
  client.handle("StatusNotification", () => ({}));
  client.handle("Heartbeat", () => ({ currentTime: now() }));
  client.handle("Authorize", () => ({ idTagInfo: accepted }));
  client.handle("StartTransaction", () => ({ transactionId: ++transactionId, idTagInfo: accepted }));
  client.handle("MeterValues", () => ({}));
  client.handle("StopTransaction", () => ({ idTagInfo: accepted }));
});
await server.listen(Number(process.argv[2]), "127.0.0.1");
