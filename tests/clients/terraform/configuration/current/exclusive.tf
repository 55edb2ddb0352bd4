# All that somebody has: what another hand adds is a difference.

resource "aws_iam_user" "exclusive" {
  name = "exclusive"
}

resource "aws_iam_group" "exclusive" {
  name = "exclusive"
}

resource "aws_iam_role" "exclusive" {
  name               = "exclusive"
  assume_role_policy = data.aws_iam_policy_document.trust_of_service.json
}

resource "aws_iam_user_policy" "exclusive" {
  name   = "own"
  user   = aws_iam_user.exclusive.name
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_group_policy" "exclusive" {
  name   = "own"
  group  = aws_iam_group.exclusive.name
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_role_policy" "exclusive" {
  name   = "own"
  role   = aws_iam_role.exclusive.name
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_user_policies_exclusive" "exclusive" {
  user_name    = aws_iam_user.exclusive.name
  policy_names = [aws_iam_user_policy.exclusive.name]
}

resource "aws_iam_group_policies_exclusive" "exclusive" {
  group_name   = aws_iam_group.exclusive.name
  policy_names = [aws_iam_group_policy.exclusive.name]
}

resource "aws_iam_role_policies_exclusive" "exclusive" {
  role_name    = aws_iam_role.exclusive.name
  policy_names = [aws_iam_role_policy.exclusive.name]
}

resource "aws_iam_user_policy_attachments_exclusive" "exclusive" {
  user_name   = aws_iam_user.exclusive.name
  policy_arns = var.second ? [] : [aws_iam_policy.read.arn]
}

resource "aws_iam_group_policy_attachments_exclusive" "exclusive" {
  group_name  = aws_iam_group.exclusive.name
  policy_arns = var.second ? [] : [aws_iam_policy.read.arn]
}

resource "aws_iam_role_policy_attachments_exclusive" "exclusive" {
  role_name   = aws_iam_role.exclusive.name
  policy_arns = var.second ? [] : [aws_iam_policy.read.arn]
}

data "aws_iam_role_policies" "exclusive" {
  role_name  = aws_iam_role.exclusive.name
  depends_on = [aws_iam_role_policies_exclusive.exclusive]
}

data "aws_iam_role_policy_attachments" "exclusive" {
  role_name  = aws_iam_role.exclusive.name
  depends_on = [aws_iam_role_policy_attachments_exclusive.exclusive]
}
