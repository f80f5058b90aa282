import { axisX, axisY, dot, gridY, lineY, plot } from "@observablehq/plot";
import { useEffect, useRef } from "react";
import type { LineChartProps } from "./charts";

const HEIGHT = 200;

/** The drawing of a LineChart. Default export: loaded lazily. */
export default function LinePlot({ points, xLabel, yLabel, format, yDomain }: LineChartProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const drawing = plot({
      width: Math.max(280, element.clientWidth),
      height: HEIGHT,
      marginLeft: 48,
      marginBottom: 36,
      style: { background: "transparent", color: "var(--muted)", fontSize: "12px", fontFamily: "inherit" },
      x: { label: xLabel, labelOffset: 34 },
      y: yDomain ? { label: yLabel, domain: [...yDomain] } : { label: yLabel },
      marks: [
        gridY({ stroke: "var(--line)", strokeOpacity: 1 }),
        axisX({
          ticks: points.map((point) => point.x).filter((_, index, all) => index % Math.ceil(all.length / 10) === 0),
          tickFormat: String,
        }),
        axisY({ tickFormat: format, ticks: 4 }),
        lineY(points, { x: "x", y: "y", stroke: "var(--accent)", strokeWidth: 2 }),
        dot(points, { x: "x", y: "y", fill: "var(--accent)", r: 3 }),
      ],
    });
    element.replaceChildren(drawing);
    return () => drawing.remove();
  }, [points, xLabel, yLabel, format, yDomain]);
  // The table below says the same.
  return <div ref={box} aria-hidden="true" />;
}
