package kinema.attack;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A chat service whose answer to {@code URL/FOLDER/chat/completions} is whatever the folder's {@code answer.json} holds. */
final class ChatServer implements AutoCloseable {
    private static final String ENDPOINT = "/chat/completions";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    ChatServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", ChatServer::answer);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private static void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            String path = exchange.getRequestURI().getPath();
            Path folder = Path.of(path.substring(0, path.length() - ENDPOINT.length()));
            byte[] answer = Files.readAllBytes(folder.resolve("answer.json"));
            exchange.sendResponseHeaders(200, answer.length == 0 ? -1 : answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
