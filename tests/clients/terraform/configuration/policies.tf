resource "aws_iam_policy" "read" {
  name        = "read"
  path        = "/own/"
  description = "Reads buckets"
  policy      = data.aws_iam_policy_document.read.json
}

resource "aws_iam_policy" "boundary" {
  name_prefix = "boundary-"

  # Written otherwise than the server keeps it: the same policy all the same.
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Action = ["*"], Effect = "Allow", Resource = "*" }]
  })
}

resource "aws_iam_policy" "shared" {
  name   = "shared"
  policy = data.aws_iam_policy_document.read.json
}

# Of everybody who has the policy, and nobody else.
resource "aws_iam_policy_attachment" "shared" {
  name       = "shared"
  policy_arn = aws_iam_policy.shared.arn
  users      = [aws_iam_user.bob.name]
  groups     = var.second ? [] : [aws_iam_group.writers.name]
  roles      = [aws_iam_role.deploy.name]
}

data "aws_iam_policy" "read" {
  arn = aws_iam_policy.read.arn
}

data "aws_iam_policy_document" "read" {
  statement {
    sid       = "Read"
    actions   = var.second ? ["s3:GetObject", "s3:ListBucket"] : ["s3:GetObject"]
    resources = ["arn:aws:s3:::reports", "arn:aws:s3:::reports/&{aws:username}/*"]

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalTag/Team"
      values   = ["red", "green"]
    }
  }

  statement {
    effect        = "Deny"
    not_actions   = ["s3:*", "iam:Get*"]
    not_resources = ["arn:aws:s3:::public/*"]
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "AWS"
      identifiers = var.second ? [aws_iam_user.bob.arn, aws_iam_user.renamed.arn] : [aws_iam_user.bob.arn]
    }
  }
}

data "aws_iam_policy_document" "trust_of_service" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com", "lambda.amazonaws.com"]
    }
  }
}

output "policy_read" {
  value = jsondecode(data.aws_iam_policy.read.policy) == jsondecode(aws_iam_policy.read.policy)
}
