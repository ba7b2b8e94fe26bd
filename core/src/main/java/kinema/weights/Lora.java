package kinema.weights;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import kinema.tensor.Dtypes;
import kinema.tensor.Scopes;
import kinema.tensor.Shapes;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A low-rank change of a network: W becomes W + scale · alpha / rank · B·A. It is added whenever a weight is read, so no
 * second copy of the network is ever held.
 *
 * @see <a href="https://arxiv.org/abs/2106.09685">LoRA, section 4.1</a>
 */
public final class Lora implements AutoCloseable {
    private static final int SHOWN = 3;

    /** Where a file's alpha comes from. */
    private enum AlphaRule {
        STATED("alpha as the file states it"),
        AUTHORS("alpha %s as its authors' code trains, for the file states none"),
        RANK("alpha = rank, for the file states none");

        private final String words;

        AlphaRule(String words) {
            this.words = words;
        }
    }

    /** The tensors of one layer, as they are found. */
    private static final class Layer {
        private @Nullable StoredTensor down;
        private @Nullable StoredTensor up;
        private @Nullable StoredTensor alpha;
    }

    /** A layer's change: factor · up·down. */
    private record Change(StoredTensor down, StoredTensor up, double factor) {
        long rank() {
            return down.shape()[0];
        }
    }

    private final LoraFile request;
    private final LoraNames names;
    private final TensorArchive archive;
    private final Map<String, Layer> found = new LinkedHashMap<>();
    private final Map<String, Change> changes = new LinkedHashMap<>();
    private final Set<AlphaRule> rules = new TreeSet<>();
    private final List<String> foreign = new ArrayList<>();
    private boolean magnitudes;
    private boolean authorsKeys;

    private Lora(LoraFile request, LoraNames names, TensorArchive archive) {
        this.request = request;
        this.names = names;
        this.archive = archive;
    }

    /**
     * Opens a file and sorts its tensors.
     *
     * @throws WeightsException when it is missing, damaged or no LoRA
     */
    public static Lora open(LoraFile request, LoraNames names) {
        TensorArchive archive = TensorArchive.open(request.file());
        Lora lora = new Lora(request, names, archive);
        try {
            lora.sort();
            LoraAlpha stated = LoraAlpha.read(request.file(), archive.metadata(), names.network());
            lora.found.forEach((layer, tensors) -> lora.changes.put(layer, lora.change(layer, tensors, stated)));
            return lora;
        } catch (RuntimeException e) {
            lora.close();
            throw e;
        }
    }

    /** What there is to know of it, in one line: its layers and ranks, and where alpha comes from. */
    public String note() {
        String ranks = changes.values().stream()
                .map(Change::rank)
                .distinct()
                .sorted()
                .map(String::valueOf)
                .collect(Collectors.joining(", "));
        String alpha = rules.stream()
                .map(rule -> String.format(rule.words, names.authorsAlpha()))
                .collect(Collectors.joining("; "));
        return "LoRA " + request.name() + ": " + changes.size() + " layers, rank " + ranks + ", " + alpha + ", scale "
                + request.scale()
                + (magnitudes ? "; its DoRA magnitudes are left out, as in the published implementation" : "")
                + (foreign.isEmpty() ? "" : "; left out: " + foreign.size() + " tensors for other networks");
    }

    /**
     * Replaces the tensors it changes by changed ones.
     *
     * @param tensors those of the network, by published key
     * @throws WeightsException when layers are not in the network or of another shape
     */
    void addTo(Map<String, StoredTensor> tensors) {
        Map<String, String> flat = new HashMap<>(); // the sd-scripts write all dots of a layer as underscores
        tensors.keySet().forEach(key -> flat.put(key.replace('.', '_'), key));
        List<String> missing = new ArrayList<>();
        List<String> misshapen = new ArrayList<>();
        changes.forEach((layer, change) -> {
            String weight = layer + ".weight";
            String key = tensors.containsKey(weight) ? weight : flat.get(weight.replace('.', '_'));
            StoredTensor base = key == null ? null : tensors.get(key);
            if (key == null || base == null) {
                missing.add(layer);
            } else if (!fits(change, base)) {
                misshapen.add(key + " is " + Shapes.text(base.shape()) + ", the LoRA's B·A is "
                        + Shapes.text(change.up().shape()) + "·"
                        + Shapes.text(change.down().shape()));
            } else {
                tensors.put(key, sum(base, change));
            }
        });
        if (!missing.isEmpty() || !misshapen.isEmpty()) {
            throw new WeightsException(request.file() + ": does not fit this model: " + missing.size() + " of "
                    + changes.size() + " layers are not in it" + some(missing, ", ") + ", " + misshapen.size()
                    + " are of another shape" + some(misshapen, "; ") + "; it was trained for another model");
        }
    }

    @Override
    public void close() {
        archive.close();
    }

    private void sort() {
        Map<String, StoredTensor> tensors = archive.tensors();
        authorsKeys = tensors.keySet().stream().anyMatch(key -> names.published(key) != null);
        List<String> unknown = new ArrayList<>();
        tensors.forEach((key, tensor) -> {
            // A file with the authors' keys may hold the whole network beside its LoRA.
            String published = authorsKeys ? names.published(key) : key;
            if (published != null && !place(published, tensor)) {
                unknown.add(key);
            }
        });
        if (!unknown.isEmpty() || found.isEmpty()) {
            throw new WeightsException(request.file() + ": not a LoRA that can be read: "
                    + (unknown.isEmpty() ? "no key" : "'" + unknown.get(0) + "' and " + (unknown.size() - 1) + " more")
                    + " of " + tensors.size() + " keys; expected keys such as " + names.network()
                    + ".LAYER.lora_A.weight and " + names.network() + ".LAYER.lora_B.weight");
        }
    }

    /** Keeps a tensor for its layer; false when its key is none of a LoRA's. */
    private boolean place(String key, StoredTensor tensor) {
        if (key.startsWith("text_encoder")) {
            foreign.add(key);
            return true;
        }
        LoraKey parsed = LoraKey.parse(key, names.network()).orElse(null);
        if (parsed == null) {
            return false;
        }
        if (parsed.role() == LoraKey.Role.MAGNITUDE) {
            magnitudes = true;
            return true;
        }
        Layer layer = found.computeIfAbsent(parsed.layer(), name -> new Layer());
        switch (parsed.role()) {
            case DOWN -> layer.down = tensor;
            case UP -> layer.up = tensor;
            default -> layer.alpha = tensor;
        }
        return true;
    }

    private Change change(String name, Layer layer, LoraAlpha stated) {
        StoredTensor down = layer.down;
        StoredTensor up = layer.up;
        if (down == null || up == null) {
            throw new WeightsException(request.file() + ": layer '" + name + "' has only "
                    + (down != null ? "lora_A" : up != null ? "lora_B" : "alpha")
                    + "; lora_A and lora_B belong together");
        }
        if (down.shape().length < 2 || up.shape().length < 2 || down.shape()[0] < 1) {
            throw new WeightsException(request.file() + ": layer '" + name
                    + "': lora_A (rank, in) and lora_B (out, rank)" + " must be matrices, found "
                    + Shapes.text(down.shape()) + " and " + Shapes.text(up.shape()));
        }
        if (!Dtypes.isFloating(down.dtype()) || !Dtypes.isFloating(up.dtype())) {
            throw new WeightsException(request.file() + ": layer '" + name
                    + "': lora_A and lora_B must be floating-point numbers, found " + Dtypes.name(down.dtype())
                    + " and " + Dtypes.name(up.dtype()));
        }
        long rank = down.shape()[0];
        return new Change(down, up, request.scale() * alpha(name, layer, stated, rank) / stated.divisor(rank));
    }

    private double alpha(String name, Layer layer, LoraAlpha stated, long rank) {
        StoredTensor own = layer.alpha;
        OptionalDouble all = stated.of(name);
        if (own != null || all.isPresent()) {
            rules.add(AlphaRule.STATED);
            return own == null ? all.getAsDouble() : alpha(name, own);
        }
        rules.add(authorsKeys ? AlphaRule.AUTHORS : AlphaRule.RANK);
        return authorsKeys ? names.authorsAlpha() : rank;
    }

    private double alpha(String name, StoredTensor stored) {
        if (Shapes.count(stored.shape()) != 1) {
            throw new WeightsException(request.file() + ": alpha of layer '" + name
                    + "' must be one number, found shape " + Shapes.text(stored.shape()));
        }
        double alpha = Scopes.run(() -> stored.read().to(ScalarType.Double).item_double());
        if (!Double.isFinite(alpha)) {
            throw new WeightsException(
                    request.file() + ": alpha of layer '" + name + "' must be a finite number, found " + alpha);
        }
        return alpha;
    }

    /** Whether up·down, both flat after their first dimension, has as many rows and numbers as the weight. */
    private static boolean fits(Change change, StoredTensor base) {
        long[] down = change.down().shape();
        long[] up = change.up().shape();
        return Shapes.count(up) == up[0] * down[0]
                && base.shape().length >= 2
                && base.shape()[0] == up[0]
                && Shapes.count(base.shape()) == up[0] * (Shapes.count(down) / down[0]);
    }

    /** The sum in 32-bit numbers: a change is often smaller than the last bit of a 16-bit weight. */
    private static StoredTensor sum(StoredTensor base, Change change) {
        return new StoredTensor(
                ScalarType.Float,
                base.shape(),
                false,
                () -> Scopes.keep(() -> {
                    Tensor weight = base.read().to(ScalarType.Float).flatten(1, -1); // (out, in)
                    Tensor up = change.up().read().to(ScalarType.Float).flatten(1, -1); // (out, rank)
                    Tensor down = change.down().read().to(ScalarType.Float).flatten(1, -1); // (rank, in)
                    return torch.addmm(weight, up, down, new Scalar(1.0), new Scalar(change.factor()))
                            .view(base.shape());
                }));
    }

    private static String some(List<String> texts, String separator) {
        if (texts.isEmpty()) {
            return "";
        }
        String shown = texts.stream().limit(SHOWN).collect(Collectors.joining(separator));
        return " (" + shown + (texts.size() > SHOWN ? separator + "…" : "") + ")";
    }
}
