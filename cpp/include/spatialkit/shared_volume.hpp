// The volume that two boxes share, for several pairs at once: each lane of the vectors is a pair, and all do the same.
#pragma once

#include "spatialkit/types.hpp"

namespace spatialkit {

namespace detail {

// Pairs of boxes in a frame where the first of each is the cube |x|, |y|, |z| <= 1. The second is middle + half * (s,
// t, u) there, with |s|, |t|, |u| <= 1: [axis of the cube][pair] and [axis of the cube][axis of the second][pair].
template <int kLanes>
struct BoxPairs {
    double middle[3][kLanes], half[3][3][kLanes];
};

// The method. The field (0, 0, clamp(z, -1, 1)) in the column |x|, |y| <= 1, zero outside of it, has divergence 1 in
// the cube and 0 elsewhere. So its flux through the faces of the second box is the volume that both share. The faces of
// the cube do not come in, so none has to be told from a face of the second box that lies in or near the same plane.
//
// A face is |s|, |t| <= 1. Its flux is the integral of clamp(z) over its part in the column, times x_s y_t - x_t y_s,
// its outline as seen along z. With g = (z_s, z_t), c the z of its middle, w = clamp(c), and k = z_s t - z_t s, which
// runs along lines of equal z, Green's theorem makes the integral
//     w * area + 1 / g.g * (contour integral of h(z) dk),  h(z) = integral of clamp(z') - w over z' from c to z.
// The contour is made of pieces of the box's edges and of the lines x = -1, 1 and y = -1, 1 in the face. Each begins at
// the last point where its line comes in and ends at the first where it goes out, or has no length.
//
// Why rounding does no harm: the point where an edge meets a side of the column is one number for both lines, so the
// contour stays closed however small the angle. The point where an x line meets a y line is as uncertain as the face's
// outline along z is thin, by which it is multiplied. And h is smooth, so it matters little where exactly a piece
// passes z = -1 or 1.

// A straight piece of a contour, by the parameter of its line: z = base + rate * parameter is within -1 and 1 from
// `enter` to `leave`.
struct Piece {
    double begin, enter, leave, end, base, rate;
};

SPATIALKIT_INLINE Piece piece(double begin, double end, double at_bottom, double at_top, double base, double rate) {
    end = std::max(begin, end);
    const double enter = std::clamp(std::min(at_bottom, at_top), begin, end);
    const double leave = std::clamp(std::max(at_bottom, at_top), begin, end);
    return {begin, enter, leave, end, base, rate};
}

// The integral of h(z) over a piece, for each of its three parts.
SPATIALKIT_INLINE double integral(const Piece& p, double w) {
    const double before = (p.rate < 0 ? 1 : -1) - w, after = (p.rate < 0 ? -1 : 1) - w;  // what clamp(z) - w is there
    const double base = p.base - w, begin = base + p.rate * p.begin, enter = base + p.rate * p.enter;
    const double leave = base + p.rate * p.leave, end = base + p.rate * p.end, sum = enter + leave;
    return (p.leave - p.enter) * (sum * sum - enter * leave) * (1.0 / 6) +
           0.5 * ((p.enter - p.begin) * before * (begin + enter - before) +
                  (p.end - p.leave) * after * (leave + end - after));
}

// An edge of the second box: its piece in the column, and where it crosses x = -1, 1 and y = -1, 1.
template <int kLanes>
struct BoxEdge {
    double begin[kLanes], enter[kLanes], leave[kLanes], end[kLanes], base[kLanes], crossing[2][2][kLanes];

    SPATIALKIT_INLINE Piece piece(int n, double rate) const {
        return {begin[n], enter[n], leave[n], end[n], base[n], rate};
    }
};

// The edge along `axis` at sides `a` and `b` (-1 or 1) of the next two axes.
template <int kLanes>
SPATIALKIT_INLINE void set_edge(const BoxPairs<kLanes>& pairs, const double (&per_half)[3][3][kLanes], int axis,
                                double a, double b, BoxEdge<kLanes>& edge) {
    const int i = (axis + 1) % 3, j = (axis + 2) % 3;
    const auto start = [&](int row, int n) {
        return pairs.middle[row][n] + a * pairs.half[row][i][n] + b * pairs.half[row][j][n];
    };
    for (int n = 0; n < kLanes; ++n) {
        const double x = start(0, n), y = start(1, n), z = start(2, n);
        const double per_x = per_half[0][axis][n], per_y = per_half[1][axis][n], per_z = per_half[2][axis][n];
        const double x0 = (-1 - x) * per_x, x1 = (1 - x) * per_x, y0 = (-1 - y) * per_y, y1 = (1 - y) * per_y;
        const Piece p = piece(std::max(std::max(std::min(x0, x1), std::min(y0, y1)), -1.0),
                              std::min(std::min(std::max(x0, x1), std::max(y0, y1)), 1.0), (-1 - z) * per_z,
                              (1 - z) * per_z, z, pairs.half[2][axis][n]);
        edge.begin[n] = p.begin, edge.enter[n] = p.enter, edge.leave[n] = p.leave, edge.end[n] = p.end;
        edge.base[n] = z;
        edge.crossing[0][0][n] = x0, edge.crossing[0][1][n] = x1;
        edge.crossing[1][0][n] = y0, edge.crossing[1][1][n] = y1;
    }
}

// What the lines of equal x, or of equal y, have in common in the two faces across an axis. Their parameter is
// x_s t - x_t s; dot and cross are those of the slopes of x and y, or of x and z.
template <int kLanes>
struct FaceLines {
    double square[kLanes], per_square[kLanes], dot_y[kLanes], per_cross_y[kLanes];
    double dot_z[kLanes], cross_z[kLanes], per_cross_z[kLanes];
};

// Zero becomes what is far below the rounding of the numbers that it is added to, but has an inverse.
SPATIALKIT_INLINE double not_zero(double x) {
    constexpr double kTiny = 0x1p-60;
    return std::fabs(x) < kTiny ? kTiny : x;
}

template <int kLanes>
SPATIALKIT_INLINE void set_lines(const BoxPairs<kLanes>& pairs, int row, int axis, FaceLines<kLanes>& lines) {
    const int i = (axis + 1) % 3, j = (axis + 2) % 3;
    const auto &x = pairs.half[row], &y = pairs.half[1 - row], &z = pairs.half[2];
    for (int n = 0; n < kLanes; ++n) {
        lines.square[n] = x[i][n] * x[i][n] + x[j][n] * x[j][n];
        lines.per_square[n] = 1 / lines.square[n];
        lines.dot_y[n] = x[i][n] * y[i][n] + x[j][n] * y[j][n];
        lines.per_cross_y[n] = 1 / not_zero(x[i][n] * y[j][n] - x[j][n] * y[i][n]);
        lines.dot_z[n] = x[i][n] * z[i][n] + x[j][n] * z[j][n];
        lines.cross_z[n] = not_zero(x[i][n] * z[j][n] - x[j][n] * z[i][n]);
        lines.per_cross_z[n] = 1 / lines.cross_z[n];
    }
}

// A face of the second box: its four edges, by the axis in the face that they lie across and their side of it; its
// middle, [axis of the cube][pair]; and what its area and contour integral have come to.
template <int kLanes>
struct BoxFace {
    const BoxEdge<kLanes>*edge_i[2], *edge_j[2];
    double middle[3][kLanes], inside[kLanes], area[kLanes], contour[kLanes];
};

// The four edges, each as a line across i has it: area grows by the piece's length, k by z_i times that.
template <int kLanes>
SPATIALKIT_INLINE void start_with_edges(const BoxPairs<kLanes>& pairs, int axis, double sign, BoxFace<kLanes>& face) {
    const int i = (axis + 1) % 3, j = (axis + 2) % 3;
    const BoxEdge<kLanes>&i0 = *face.edge_i[0], &i1 = *face.edge_i[1], &j0 = *face.edge_j[0], &j1 = *face.edge_j[1];
    const auto middle = [&](int row, int n) { return pairs.middle[row][n] + sign * pairs.half[row][axis][n]; };
    for (int n = 0; n < kLanes; ++n) {
        const double z = middle(2, n), w = std::clamp(z, -1.0, 1.0);
        const double zi = pairs.half[2][i][n], zj = pairs.half[2][j][n];
        face.middle[0][n] = middle(0, n), face.middle[1][n] = middle(1, n), face.middle[2][n] = z;
        face.inside[n] = (i0.leave[n] - i0.enter[n]) + (i1.leave[n] - i1.enter[n]) + (j0.leave[n] - j0.enter[n]) +
                         (j1.leave[n] - j1.enter[n]);
        face.area[n] = (i0.end[n] - i0.begin[n]) + (i1.end[n] - i1.begin[n]) + (j0.end[n] - j0.begin[n]) +
                       (j1.end[n] - j1.begin[n]);
        face.contour[n] = zi * (integral(i1.piece(n, zj), w) - integral(i0.piece(n, zj), w)) +
                          zj * (integral(j1.piece(n, zi), w) - integral(j0.piece(n, zi), w));
    }
}

// The lines x = -1, 1 (row 0) or y = -1, 1 (row 1); in the names the other of the two is y.
template <int kLanes>
SPATIALKIT_INLINE void add_lines(const BoxPairs<kLanes>& pairs, const FaceLines<kLanes>& lines, int row, int axis,
                                 int side, BoxFace<kLanes>& face) {
    const int i = (axis + 1) % 3, j = (axis + 2) % 3;
    const double sign = 2 * side - 1;
    const auto &i0 = face.edge_i[0]->crossing[row][side], &i1 = face.edge_i[1]->crossing[row][side];
    const auto &j0 = face.edge_j[0]->crossing[row][side], &j1 = face.edge_j[1]->crossing[row][side];
    for (int n = 0; n < kLanes; ++n) {
        const double xi = pairs.half[row][i][n], xj = pairs.half[row][j][n];
        const double x = sign - face.middle[row][n], y = face.middle[1 - row][n], z = face.middle[2][n];
        const double square = lines.square[n], per_square = lines.per_square[n];
        const double xy = lines.dot_y[n] * x, xz = lines.dot_z[n] * x;
        const double at_i0 = xi * i0[n] + xj, at_i1 = xi * i1[n] - xj;
        const double at_j0 = -xi - xj * j0[n], at_j1 = xi - xj * j1[n];
        const double at_y0 = (square * (-1 - y) - xy) * lines.per_cross_y[n];
        const double at_y1 = (square * (1 - y) - xy) * lines.per_cross_y[n];
        const double at_z0 = (square * (-1 - z) - xz) * lines.per_cross_z[n];
        const double at_z1 = (square * (1 - z) - xz) * lines.per_cross_z[n];
        const double begin = std::max(std::max(std::min(at_i0, at_i1), std::min(at_j0, at_j1)), std::min(at_y0, at_y1));
        const double end = std::min(std::min(std::max(at_i0, at_i1), std::max(at_j0, at_j1)), std::max(at_y0, at_y1));
        const Piece p = piece(begin, end, at_z0, at_z1, z + xz * per_square, lines.cross_z[n] * per_square);
        face.inside[n] += p.leave - p.enter;
        face.area[n] += sign * x * per_square * (p.end - p.begin);
        face.contour[n] += sign * lines.dot_z[n] * per_square * integral(p, std::clamp(z, -1.0, 1.0));
    }
}

// The fluxes through the two faces across an axis.
template <int kLanes>
SPATIALKIT_INLINE void add_faces(const BoxPairs<kLanes>& pairs, const BoxEdge<kLanes> (&edges)[3][2][2], int axis,
                                 double (&flux)[kLanes], double (&inside)[kLanes]) {
    const int i = (axis + 1) % 3, j = (axis + 2) % 3;
    FaceLines<kLanes> lines[2];
    double minor[kLanes], per_square[kLanes];
    for (int row = 0; row < 2; ++row) set_lines(pairs, row, axis, lines[row]);
    for (int n = 0; n < kLanes; ++n) {
        const double zi = pairs.half[2][i][n], zj = pairs.half[2][j][n];
        minor[n] = pairs.half[0][i][n] * pairs.half[1][j][n] - pairs.half[0][j][n] * pairs.half[1][i][n];
        per_square[n] = 1 / (zi * zi + zj * zj);
    }
    for (int side = 0; side < 2; ++side) {
        const double sign = 2 * side - 1;
        BoxFace<kLanes> face;
        for (int end = 0; end < 2; ++end)
            face.edge_i[end] = &edges[j][side][end], face.edge_j[end] = &edges[i][end][side];
        start_with_edges(pairs, axis, sign, face);
        for (int row = 0; row < 2; ++row)
            for (int end = 0; end < 2; ++end) add_lines(pairs, lines[row], row, axis, end, face);
        for (int n = 0; n < kLanes; ++n) {
            const double w = std::clamp(face.middle[2][n], -1.0, 1.0);
            inside[n] += face.inside[n];
            flux[n] += sign * minor[n] * (0.5 * w * face.area[n] + face.contour[n] * per_square[n]);
        }
    }
}

// The volumes (kLanes,), that of the cube being 8.
template <int kLanes>
SPATIALKIT_INLINE void shared_volumes(BoxPairs<kLanes> pairs, double* volume) {
    double per_half[3][3][kLanes], flux[kLanes], inside[kLanes];
    for (int row = 0; row < 3; ++row) {
        for (int axis = 0; axis < 3; ++axis) {
            for (int n = 0; n < kLanes; ++n) {
                pairs.half[row][axis][n] = not_zero(pairs.half[row][axis][n]);
                per_half[row][axis][n] = 1 / pairs.half[row][axis][n];
            }
        }
    }
    BoxEdge<kLanes> edges[3][2][2];
    for (int axis = 0; axis < 3; ++axis)
        for (int a = 0; a < 2; ++a)
            for (int b = 0; b < 2; ++b) set_edge(pairs, per_half, axis, 2 * a - 1, 2 * b - 1, edges[axis][a][b]);
    for (int n = 0; n < kLanes; ++n) flux[n] = inside[n] = 0;
    for (int axis = 0; axis < 3; ++axis) add_faces(pairs, edges, axis, flux, inside);
    // A box none of whose faces reach into the cube is around it or apart.
    for (int n = 0; n < kLanes; ++n) volume[n] = inside[n] > 0 ? flux[n] : flux[n] > 4 ? 8 : 0;
}

}  // namespace detail

}  // namespace spatialkit
