package io.modelwatch.app.role;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** Stands before a server of this machine, and while it hangs accepts everything and hands on nothing. */
final class HangingProxy implements AutoCloseable {

    private final ServerSocket listening;
    private final int target;
    private final List<Socket> sockets = new ArrayList<>();
    private boolean hanging;

    private HangingProxy(ServerSocket listening, int target) {
        this.listening = listening;
        this.target = target;
    }

    static HangingProxy to(int target) throws IOException {
        HangingProxy proxy = new HangingProxy(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), target);
        Thread.ofVirtual().start(proxy::accept);
        return proxy;
    }

    int port() {
        return listening.getLocalPort();
    }

    synchronized void hang() {
        hanging = true;
    }

    synchronized void goOn() {
        hanging = false;
        notifyAll();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listening.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
                synchronized (this) {
                    sockets.add(client);
                    sockets.add(server);
                }
                Thread.ofVirtual().start(() -> pass(client, server));
                Thread.ofVirtual().start(() -> pass(server, client));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void pass(Socket from, Socket to) {
        byte[] bytes = new byte[8192];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            int read;
            while ((read = in.read(bytes)) >= 0) {
                awaitGoingOn();
                out.write(bytes, 0, read);
                out.flush();
            }
        } catch (IOException | InterruptedException e) {
            // One of both has gone.
        }
    }

    private synchronized void awaitGoingOn() throws InterruptedException {
        while (hanging) {
            wait();
        }
    }

    @Override
    public void close() throws IOException {
        goOn();
        listening.close();
        synchronized (this) {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }
}
