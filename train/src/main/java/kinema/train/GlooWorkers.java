package kinema.train;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.DoubleBuffer;
import java.util.List;
import java.util.Map;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.GlooDeviceVector;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.PrefixStore;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.Store;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.Work;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.bytedeco.pytorch.global.torch_gloo;

/**
 * Processes that share a run over the network, by libtorch's gloo (Linux). Neither is encrypted nor asks who it is: private
 * networks only.
 *
 * <p>Every process sends each other one its share of all gradients, adds up what it receives in the slots' order, and all
 * gather the sums: no number is added in another order than one process would. For one thread.
 */
public final class GlooWorkers implements Workers {
    private static final Milliseconds CONNECT = new Milliseconds(120_000);
    private static final Milliseconds OPERATION =
            new Milliseconds(1_800_000); // a rank may precompute or draw meanwhile

    private final int rank;
    private final int size;
    private final TCPStore owner; // rank 0's holds the server
    private final Store store; // a clone: the group takes over what is made by a constructor
    private final ProcessGroupGloo group;

    /**
     * Joins.
     *
     * @param host of rank 0
     * @param port of rank 0
     * @param rank this process's number, from 0
     * @param size number of processes
     * @throws IllegalStateException when the others do not come in time
     */
    public GlooWorkers(String host, int port, int rank, int size) {
        Recipes.require(size > 1, "the number of processes must be above 1", size);
        Recipes.require(rank >= 0 && rank < size, "the rank must be from 0 to " + (size - 1), rank);
        this.rank = rank;
        this.size = size;
        Loader.load(torch_gloo.class);
        try {
            TCPStoreOptions options = new TCPStoreOptions();
            options.port((short) port).isServer(rank == 0).waitWorkers(false).timeout(CONNECT);
            owner = new TCPStore(host, options);
            store = owner.clone();
            ProcessGroupGloo.Options grouping = ProcessGroupGloo.Options.create(OPERATION);
            grouping.devices(new GlooDeviceVector(ProcessGroupGloo.createDeviceForHostname(address(host, port))));
            grouping.threads(2);
            group = new ProcessGroupGloo(new PrefixStore("kinema", store), rank, size, grouping);
        } catch (RuntimeException e) {
            throw new IllegalStateException(
                    "process " + rank + " of " + size + " cannot join the others at " + host + ":" + port + ": "
                            + e.getMessage(),
                    e);
        }
    }

    /**
     * The workers that the environment tells of, as torchrun and Slurm's launchers set it: {@code RANK}, {@code WORLD_SIZE},
     * {@code MASTER_ADDR}, {@code MASTER_PORT}. Without them, or with one process, it is {@link Workers#ALONE}.
     *
     * @throws IllegalArgumentException when some are missing or no numbers
     */
    public static Workers of(Map<String, String> environment) {
        if (number(environment, "WORLD_SIZE", "1") == 1) {
            return Workers.ALONE;
        }
        String host = environment.get("MASTER_ADDR");
        if (host == null) {
            throw new IllegalArgumentException("WORLD_SIZE is above 1, so MASTER_ADDR must name the host of rank 0");
        }
        return new GlooWorkers(
                host,
                number(environment, "MASTER_PORT", "29500"),
                number(environment, "RANK", ""),
                number(environment, "WORLD_SIZE", "1"));
    }

    private static int number(Map<String, String> environment, String key, String absent) {
        String text = environment.getOrDefault(key, absent);
        Recipes.require(
                text.matches("\\d{1,5}"), "the environment's " + key + " must be a whole number", "'" + text + "'");
        return Integer.parseInt(text);
    }

    /** This machine's address on the way to rank 0; its own name often stands for the loopback alone. */
    private static String address(String host, int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port));
            return socket.getLocalAddress().getHostAddress();
        } catch (IOException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public void sum(List<Tensor> slots, Tensor sum) {
        Scopes.run(() -> {
            long count = sum.numel();
            long share = (count + size - 1) / size;
            int mine = slots.size();
            Tensor out = Tensors.zeros(ScalarType.Float, mine, size * share); // (slots, shares)
            for (int i = 0; i < mine; i++) {
                out.select(0, i).narrow(0, 0, count).copy_(slots.get(i));
            }
            Tensor sent = out.view(mine, size, share).transpose(0, 1).contiguous(); // (process, slot, share)
            Tensor received = torch.empty_like(sent); // (process, slot, share)
            await(group.alltoall_base(received, sent, new LongVector(), new LongVector()));
            Tensor added = Tensors.zeros(ScalarType.Float, share);
            for (long process = 0; process < size; process++) {
                for (long slot = 0; slot < mine; slot++) {
                    added.add_(received.select(0, process).select(0, slot));
                }
            }
            Tensor all = Tensors.zeros(ScalarType.Float, size * share);
            await(group._allgather_base(all, added));
            sum.copy_(all.narrow(0, 0, count));
        });
    }

    @Override
    public double[] sum(double[] numbers) {
        double[] sums = new double[numbers.length];
        Scopes.run(() -> {
            Tensor mine = Tensor.create(numbers, numbers.length);
            Tensor all = Tensors.zeros(ScalarType.Double, (long) size * numbers.length);
            await(group._allgather_base(all, mine));
            DoubleBuffer buffer = all.createBuffer();
            for (int i = 0; i < size * numbers.length; i++) {
                sums[i % numbers.length] += buffer.get(i);
            }
        });
        return sums;
    }

    private void await(Work work) {
        try {
            work._wait();
        } catch (RuntimeException e) {
            throw new IllegalStateException(
                    "process " + rank + " of " + size + " lost another: " + e.getMessage()
                            + "; start all again with --resume",
                    e);
        }
    }

    @Override
    public void close() {
        sum(new double[1]); // nobody leaves while others still talk
        group.close();
        store.close();
        owner.close();
    }
}
