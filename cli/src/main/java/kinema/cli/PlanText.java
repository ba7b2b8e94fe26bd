package kinema.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.Locale;
import kinema.diffusion.ByteSize;
import kinema.diffusion.MemoryPlan;
import kinema.diffusion.PhaseMemory;
import kinema.tensor.Residency;

/** A {@link MemoryPlan} for people and for programs. */
final class PlanText {
    private static final ObjectMapper JSON = new ObjectMapper();

    private PlanText() {}

    static void print(MemoryPlan plan, PrintWriter out) {
        String row = "%-10s %10s %10s %10s%n";
        out.printf(Locale.ROOT, row, "phase", "weights", "work", "together");
        for (PhaseMemory p : plan.phases()) {
            out.printf(
                    Locale.ROOT,
                    row,
                    p.phase(),
                    ByteSize.text(p.weights()),
                    ByteSize.text(p.activations()),
                    ByteSize.text(p.bytes()));
        }
        out.println();
        out.println("computes in " + plan.precision());
        out.println("weights     " + plan.residency() + ": " + words(plan.residency()));
        out.println("pictures    "
                + plan.tile()
                        .map(t -> "in tiles of " + t.width() + "x" + t.height())
                        .orElse("whole"));
        out.println("peak        " + ByteSize.text(plan.peak()) + ", in the phase "
                + plan.largest().phase() + ", " + ByteSize.text(plan.base()) + " of it for the program itself; "
                + ByteSize.text(plan.limit()) + " may be used");
    }

    private static String words(Residency residency) {
        return switch (residency) {
            case KEPT -> "all of the transformer's, and for the next video too";
            case RESIDENT -> "all of the transformer's at once";
            case STREAMED -> "one block's of the transformer's at a time";
        };
    }

    static String json(MemoryPlan plan) {
        ObjectNode root = JSON.createObjectNode();
        root.put("peak", plan.peak()).put("base", plan.base()).put("limit", plan.limit());
        root.put("fits", plan.refusal().isEmpty());
        root.put("dtype", plan.precision().toString());
        root.put("weights", plan.residency().toString());
        plan.tile().ifPresent(t -> root.put("tile", t.width() + "x" + t.height()));
        ArrayNode phases = root.putArray("phases");
        for (PhaseMemory p : plan.phases()) {
            phases.addObject()
                    .put("phase", p.phase().toString())
                    .put("weights", p.weights())
                    .put("work", p.activations());
        }
        try {
            return JSON.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("numbers and texts cannot fail to become JSON", e);
        }
    }
}
